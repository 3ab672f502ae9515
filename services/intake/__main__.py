"""Starts intake: `python -m services.intake`."""

from services.intake.app import main

if __name__ == "__main__":
    main()
