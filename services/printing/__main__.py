"""`python -m services.printing`."""

from services.printing.app import main

if __name__ == "__main__":
    main()
