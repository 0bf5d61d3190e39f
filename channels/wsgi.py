"""What gunicorn serves: ``gunicorn channels.wsgi:app``."""

from channels import create_app
from crm_core import timekeeping

timekeeping.begin()
app = create_app()
