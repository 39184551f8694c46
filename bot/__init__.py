"""The running app: settings, command line, web app, the doors, the processes."""
