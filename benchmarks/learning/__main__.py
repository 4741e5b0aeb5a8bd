import sys

from benchmarks.learning import due, missing, telling


def main() -> int:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        print("scikit-learn is needed to learn: pip install '.[learn]'", file=sys.stderr)
        return 1
    for lesson in (telling, due, missing):  # the later ones look at what the earlier ones tell
        lesson.learn()
    return 0


sys.exit(main())
