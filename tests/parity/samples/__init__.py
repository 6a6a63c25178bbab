"""What each public function is called with, a family a file: one row of samples for every function."""
