pytest_plugins = ["op26x.testing"]
