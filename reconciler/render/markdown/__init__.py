"""Plans and drift as Markdown for code hosts: one comment that fits, whatever stands in it."""
