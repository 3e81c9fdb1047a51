"""The register of all losses: a loss enters itself by its declaration, and everything else is read from here."""

_LOSSES = {}


def register(loss):
    """Enter a loss; two may not have the same name."""
    if loss.__name__ in _LOSSES:
        raise ValueError(f"there are two losses {loss.__name__}: rename one of them.")
    _LOSSES[loss.__name__] = loss
    return loss


def losses():
    """Return all losses that are declared so far, in the order of their declarations."""
    return tuple(_LOSSES.values())
