"""What each part costs beside a well-kept library doing less: one row a script, ours and the baseline from the same run."""
