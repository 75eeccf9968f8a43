"""The web page. Pure markup builders stand apart from the Gradio wiring, so that what is shown can be tested without a browser."""
