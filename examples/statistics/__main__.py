"""`python -m examples.statistics`."""

from examples.statistics.app import main

if __name__ == "__main__":
    main()
