"""The judge: what it is asked, how its reply is read, and the total that code computes."""
