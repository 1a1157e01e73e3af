"""`reports/model-card.md`: what the model is for, how good it is, where it fails, what it must not be used for.

Source of the headings: Mitchell et al., Model Cards for Model Reporting (2019).
"""

from typing import Any

from src.evaluation.conditions import THIRDS
from src.evaluation.figures import auc, skill, with_error
from src.metadata.documents import Facts


def model_card(facts: Facts) -> str:
    """The card of the ensemble that ``facts`` tell of; the same facts give the same text."""
    return (
        "\n\n".join([_head(facts), _purpose(facts), _figures(facts), _failures(facts), _limits(), _origin(facts)])
        + "\n"
    )


def _head(facts: Facts) -> str:
    members = ", ".join(f"{name} {weight:g}" for name, weight in facts.weights.items())
    lines = [
        "# Model card: ProductionEnsemble",
        "",
        "Written by the stage `metadata`; every figure comes from `reports/metrics`.",
        "",
        "| | |",
        "|---|---|",
        f"| model | weighted mean of the members' probabilities: {members} |",
        f"| inputs | {len(facts.feature_names)} technical features of one market's candles, the newest one closed |",
        f"| output | the probability of a rise; decision `rise` from {facts.threshold:g} on |",
        f"| trained on | {facts.data['file']}: {facts.data['rows']:,} candles, {facts.rows:,} rows, "
        f"{facts.data['first_open']} to {facts.data['last_close']} |",
        f"| gates | `{facts.verdict.status}` |",
        f"| trading | {'ready' if facts.verdict.trading.ready else 'not ready'}: {facts.verdict.trading.reason} |",
    ]
    return "\n".join(lines)


def _purpose(facts: Facts) -> str:
    return (
        "## What it is for\n\n"
        "To say how likely the next close is a rise of more than the target's threshold, for instance to size a "
        "position or to wait in restless hours. Most of what it knows is how restless the next hour will be: its "
        "skill is "
        f"{skill(facts.beyond_volatility)} beyond that of three volatility inputs alone."
    )


def _figures(facts: Facts) -> str:
    rows = [
        _row(name, _walk_forward(facts, name), facts.metrics[name]["train"]) for name in ("ensemble", *facts.members)
    ]
    volatility = facts.volatility
    rows.append(_row("volatility alone (baseline)", volatility["walk_forward"], volatility["train"]))
    scores = _walk_forward(facts, "ensemble")
    return "\n".join(
        [
            "## How good it is",
            "",
            f"Walk-forward over {scores['folds']} folds, {scores['n']:,} rows that no judged model was trained on; ± "
            "is one standard error over the folds. Skill is 1 − log loss / log loss of answering the base rate. "
            "*Direction* is the AUC of rises against falls of the same size.",
            "",
            "| | skill | ROC AUC | direction | calibration error | weighted F1 | weighted F1, training rows |",
            "|---|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
            f"It says `rise` in {scores['predicted_positive_share']:.1%} of the walk-forward rows; of these "
            f"{scores['precision']:.1%} rose, and it found {scores['recall']:.1%} of all rises.",
        ]
    )


def _failures(facts: Facts) -> str:
    scores = _walk_forward(facts, "ensemble")
    direction = auc(scores, "roc_auc_direction")
    worst = facts.conditions["worst_fold"]
    points = [
        f"It hardly knows the direction: rises against falls have an AUC of {direction}, where 0.5 is chance.",
        f"Its decisions lose money when each becomes a market order: {facts.verdict.trading.reason}."
        if not facts.verdict.trading.ready
        else f"Its decisions as market orders: {facts.verdict.trading.reason}.",
        f"Its error is large: skill {skill(scores)} over {scores['folds']} folds. Other years may differ more.",
        f"In its worst of {scores['folds']} folds, {worst['first']} to {worst['last']}, its skill is "
        f"{worst['log_loss_skill']:+.4f}.",
        "Outside the training range trees answer as at its edge; the live side's guard abstains there.",
        "It knows nothing of candles with a hole among the newest, not closed, or of another length or market.",
    ]
    return "\n".join(
        ["## Where it fails", "", *(f"- {point}" for point in points), *_gates(facts), "", *_conditions(facts)]
    )


def _conditions(facts: Facts) -> list[str]:
    lines = [
        "By how restless the 24 candles before were (a third of each fold's rows each; walk-forward, ± one standard "
        "error over the folds). The last column is 1 − log loss / that of volatility alone on the same rows.",
        "",
        "| after | rises | mean probability | ROC AUC | direction | skill beyond volatility alone |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for third in THIRDS:
        scores = facts.conditions[f"after_{third}"]
        cells = [f"{scores['rate']:.1%}", f"{scores['probability']:.1%}"]
        for name, digits, signed in (
            ("roc_auc", 3, False),
            ("roc_auc_direction", 3, False),
            ("skill_over_volatility", 4, True),
        ):
            known = scores[name] is not None and scores[f"{name}_se"] is not None
            cells.append(
                with_error(scores[name], scores[f"{name}_se"], digits, signed=signed) if known else "not known"
            )
        lines.append(f"| {third} hours | {' | '.join(cells)} |")
    return lines


def _gates(facts: Facts) -> list[str]:
    return [f"- A gate fails: {problem}." for problem in (*facts.verdict.leaks, *facts.verdict.failures)]


def _limits() -> str:
    return (
        "## What it must not be used for\n\n"
        "- As the only reason for a market order, or with borrowed money. Nothing here is investment advice.\n"
        "- For markets or candle lengths that it was not trained on, without a walk-forward on them first.\n"
        "- For decisions about people: it knows nothing of them, and its data hold no personal data."
    )


def _origin(facts: Facts) -> str:
    made = facts.made_from
    members = ", ".join(f"{name} `{md5}`" for name, md5 in made["members"].items())
    return (
        "## What it was made from\n\n"
        f"Ensemble md5 `{made['ensemble']}`; members {members}; candles `{made['data']['candles']}`, features "
        f"`{made['data']['features']}`; parameters `{made['params']}`; code `{made['code']}`. The same commit gives "
        "the same bytes (`make prove`)."
    )


def _row(name: str, scores: dict[str, Any], train: dict[str, Any]) -> str:
    calibration = with_error(scores["calibration_error"], scores["calibration_error_se"], 3)
    direction = auc(scores, "roc_auc_direction")
    return (
        f"| {name} | {skill(scores)} | {auc(scores)} | {direction} | {calibration} | "
        f"{scores['f1_weighted']:.3f} | {train['f1_weighted']:.3f} |"
    )


def _walk_forward(facts: Facts, name: str) -> dict[str, Any]:
    scores: dict[str, Any] = facts.metrics[name]["walk_forward"]
    return scores
