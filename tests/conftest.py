import os

from hypothesis import HealthCheck, settings

# Timing of single examples says nothing on a busy machine.
settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), max_examples=300, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
