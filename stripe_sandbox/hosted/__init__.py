"""The pages people see: the payment page, the bank's 3-D Secure page, receipts."""
