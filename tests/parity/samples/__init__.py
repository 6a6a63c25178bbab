"""What each public function is called with: a family a file, a row of samples a function."""
