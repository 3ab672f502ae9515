"""What officers see at the counter."""
