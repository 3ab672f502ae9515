"""HTTP as every service offers it: problems, request bodies with a limit, requests that act once."""
