"""Autobahn|Testsuite as a client: `fuzz.py PACKAGES URL REPORT`, on Python 2.7. What it found is in REPORT afterwards, as JSON and HTML."""

import site
import sys


def main(packages, url, report):
    site.addsitedir(packages)
    from autobahntestsuite import fuzzing
    from twisted.internet import reactor

    fuzzing.startClient({
        'outdir': report,
        'servers': [{'agent': 'modelservice', 'url': url}],
        'cases': ['*'],
        # Compression, which is not offered.
        'exclude-cases': ['12.*', '13.*'],
        'exclude-agent-cases': {},
    })
    reactor.run()


if __name__ == '__main__':
    main(*sys.argv[1:])
