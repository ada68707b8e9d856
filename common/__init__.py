"""What every app may use: money, errors, time, ids, the outbox, embedded servers. Knows no app."""
