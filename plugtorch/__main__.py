"""``python -m plugtorch`` is ``plugtorch``."""

from plugtorch.cli import main

if __name__ == "__main__":
    main()
