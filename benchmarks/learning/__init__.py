"""python -m benchmarks.learning: learn the weights of the judgement from examples, and say how good they are.

Each of `telling` (harm, kinds, what wants no answer), `due` (which moments are deadlines) and `missing` (what a task
lacks) reads its own examples in `benchmarks/examples/` and writes tables into `triage_bot/reading/lexicon/`. What is
written in the examples is nobody's mail: each was made up for the purpose. Needs scikit-learn, which nothing else does:
pip install '.[learn]'.
"""
