"""What may be done with listings. Each public function is one transaction."""
