"""`python -m services.dispatch` runs the service."""

from services.dispatch.app import main

if __name__ == "__main__":
    main()
