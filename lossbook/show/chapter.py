"""What every chapter calls: the source of a kernel, the verdict on a claim, the ledger, the naive form beside the right one."""

import inspect
import textwrap

from IPython.display import Markdown

from lossbook import catalogue, proof


def source(function):
    """Show the source of a function of the package, as it stands."""
    return Markdown(f"```python\n{textwrap.dedent(inspect.getsource(function)).rstrip()}\n```")


def claim(card, key):
    """Judge one claim of a card now, and show it with its verdict; the steps fold out.

    The output carries the card's name, the claim's key and the status as data beside the text.
    """
    stated = card.claim(key)
    verdict = proof.judged(card, stated)
    remark = f" {stated.remark}" if stated.remark else ""
    shown = [f"> {stated.sentence(card)}: {verdict._repr_markdown_()}.{remark}", *_folded(verdict)]
    return Markdown("\n".join(shown), metadata={"lossbook": {"card": card.name, "claim": key, "status": verdict.status}})


def _folded(verdict):
    """Print the steps of a proof so that they fold out."""
    if not verdict.lines:
        return []
    return ["", "<details class=\"steps\"><summary>What was checked</summary>", "", *verdict.lines, "", "</details>"]


def table(rows, header):
    """Show rows as a table; the cells are Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    # A bar in a cell, such as that of an absolute value, would end the cell.
    cells = [[str(cell).replace("|", "\\|") for cell in line] for line in lines]
    return Markdown("\n".join("| " + " | ".join(line) + " |" for line in cells))


def ledger(*chosen):
    """Judge every claim of the given cards now, and show claims and verdicts; of several losses, each under its title."""
    return _titled(chosen) if len(chosen) > 1 else _claims(proof.ledger(*chosen))


def _titled(cards):
    return Markdown("\n\n".join(f"**{card.title}**\n\n{_claims(proof.ledger(card)).data}" for card in cards))


def _claims(entries):
    rows = [(entry.sentence, entry.verdict._repr_markdown_()) for entry in entries]
    return table(rows, ["claim", "verdict"])


def by_loss(group):
    """Judge every claim of the losses of a group now, and show it with its verdict under the title of its loss."""
    return _titled([record.card for record in catalogue() if record.group == group and record.card])


def tally():
    """Judge every claim of every card now, and count the verdicts of each loss.

    The output carries the counts of all losses as data beside the text.
    """
    rows = []
    for card in (record.card for record in catalogue() if record.card):
        own = [entry.verdict.status for entry in proof.ledger(card)]
        rows.append((card.title, *map(own.count, proof.STATUSES), len(own)))
    header = (*proof.STATUSES, "claims")
    totals = [sum(column) for column in list(zip(*rows, strict=True))[1:]]
    shown = table([*rows, ("**all**", *(f"**{total}**" for total in totals))], ["loss", *header])
    return Markdown(shown.data, metadata={"lossbook": {"counts": dict(zip(header, totals, strict=True))}})
