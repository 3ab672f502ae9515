"""The reliability proof: a run under faults, the evidence it leaves, and the checker that judges it afterwards."""
