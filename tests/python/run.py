"""Runs the tests of this folder, or of the one that is named; its last line is `passed N, failed N`. A test that was skipped counts as failed."""

import os
import sys
import unittest


def main(folder=os.path.dirname(os.path.abspath(__file__))):
    found = unittest.defaultTestLoader.discover(folder)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(found)
    passed = result.testsRun - len(result.failures) - len(result.errors) - len(result.skipped)
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    print('passed {}, failed {}'.format(passed, failed))
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
