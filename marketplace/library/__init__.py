"""What a buyer keeps beside what they own: labels, saved values, renders, and how runs went."""
