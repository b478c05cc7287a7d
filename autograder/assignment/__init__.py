"""From a lab's source to what students receive: notebook and script, without the solutions."""
