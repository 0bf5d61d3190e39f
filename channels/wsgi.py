"""What gunicorn serves: ``gunicorn channels.wsgi:app``."""

from channels import create_app

app = create_app()
