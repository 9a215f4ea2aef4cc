"""What people touch: the ``nakapotsu`` command and the pages of the app."""
