"""What is wanted, what is seen, and the plan between them: functions of their arguments, no IO, no clock."""
