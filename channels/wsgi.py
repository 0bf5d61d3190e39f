"""What gunicorn serves: ``gunicorn channels.wsgi:app``."""

from channels import create_app
from channels.turnstile import Turnstile

app = Turnstile(create_app())
