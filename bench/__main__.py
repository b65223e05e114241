"""`python -m bench`: what `make bench` calls."""

import sys

from bench.run import main

sys.exit(main())
