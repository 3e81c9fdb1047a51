"""Why a loss does not give what another one gives: both are run on many inputs, and what differs is explained."""
