"""Two arms side by side, and runs against a baseline."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from nicegui import ElementFilter

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import AT, answers, arm, connection, run, transcript
from tests.support.waiting import until
from ui import ids
from ui.components.base import Tag

KEY = "11111111-2222-3333-4444-555555abcdef"
OTHER = "11111111-2222-3333-4444-555555000000"


def elements(site: Site, name: str) -> list[Tag]:
    """The elements of the page that is open with this tag."""
    with site.user:
        found = ElementFilter(kind=Tag, local_scope=False)
        return [element for element in found if element.tag == name]


def href(site: Site, words: str) -> str:
    """Where the link that says ``words`` leads."""
    [target] = [
        str(element.props["href"]) for element in elements(site, "a") if element.text == words
    ]
    return target


def named(label: str) -> dict[str, str]:
    return {"id": ids.node_id("Arm", label), "label": label}


def comparable(key: str, *labels: str) -> dict[str, Any]:
    return {
        "id": ids.node_id("Run", key),
        "definition": {"id": "d", "name": "capitals"},
        "arms": [named(label) for label in labels],
    }


def result(**numbers: Any) -> dict[str, Any]:
    return {
        "scenarios": 812,
        "aRate": 0.6,
        "bRate": 0.559,
        "difference": 0.041,
        "interval": {"low": 0.012, "high": 0.07},
        "decisive": True,
        "pValue": 0.0004,
        "moreScenarios": None,
        "aBetter": 60,
        "bBetter": 27,
        "same": 725,
        "bothPassed": 400,
        "neitherPassed": 325,
        **numbers,
    }


def attempt(label: str, output: str, *, passed: bool) -> dict[str, Any]:
    return {
        "id": ids.node_id("Transcript", label),
        "repeat": 0,
        "status": "SUCCEEDED",
        "passed": passed,
        "unscored": False,
        "latencyMs": 840.0,
        "costUsd": None,
        "output": output,
        "error": None,
    }


def comparison(**fields: Any) -> dict[str, Any]:
    scenario = {
        "aPosition": 4,
        "bPosition": 4,
        "outcome": "A_BETTER",
        "scenario": {
            "key": "peru",
            "dimensions": {},
            "messages": [{"role": "user", "content": "What is the capital of Peru?"}],
        },
        "a": [attempt("one", "It is Lima, of course.", passed=True)],
        "b": [attempt("two", "It is Quito, of course.", passed=False)],
    }
    return {
        "armA": named("atlas"),
        "armB": named("borea"),
        "sharedCount": 820,
        "result": result(),
        "scenarios": answers(connection([scenario], hasNextPage=True, hasPreviousPage=True)),
        **fields,
    }


async def test_two_arms_stand_beside_each_other_with_what_differs_marked(site: Site) -> None:
    site.api.root["run"] = answers(comparable(KEY, "atlas", "borea", "cumulus"))
    site.api.root["comparison"] = answers(comparison())
    await site.user.open(f"/runs/{KEY}/compare?a=atlas&b=borea&show=differ&scenario=4")
    await site.user.should_see(
        "atlas beats borea by 4.1 points (95%: 1.2 to 7.0) on 812 scenarios."
    )
    await site.user.should_see("812 of 820 scored for both")
    await site.user.should_see("What is the capital of Peru?")
    await site.user.should_see("atlas did better")
    assert [element.text for element in elements(site, "mark")] == ["Lima", "Quito"]
    assert site.api.named("Comparison") == [
        {
            "a": ids.node_id("Arm", "atlas"),
            "b": ids.node_id("Arm", "borea"),
            "first": 1,
            "after": None,
            "show": "DIFFER",
            "from": 4,
        }
    ]
    assert parse_qs(urlsplit(href(site, "borea better 27")).query) == {
        "a": ["atlas"],
        "b": ["borea"],
        "show": ["b"],
    }
    swapped = parse_qs(urlsplit(href(site, "Swap")).query)
    assert (swapped["a"], swapped["b"], swapped["show"]) == (["borea"], ["atlas"], ["differ"])
    keys = [element.props.get("data-key") for element in elements(site, "a")]
    assert {"next", "previous"} <= set(keys)
    [file] = [e.props["href"] for e in elements(site, "a") if "download" in e.props]
    assert parse_qs(urlsplit(file).query) == {
        "armA": [ids.node_id("Arm", "atlas")],
        "armB": [ids.node_id("Arm", "borea")],
    }


async def test_without_a_choice_it_compares_the_first_two_arms(site: Site) -> None:
    site.api.root["run"] = answers(comparable(KEY, "atlas", "borea"))
    site.api.root["comparison"] = answers(comparison())
    await site.user.open(f"/runs/{KEY}/compare?a=borea")
    [asked] = site.api.named("Comparison")
    assert (asked["a"], asked["b"]) == (ids.node_id("Arm", "borea"), ids.node_id("Arm", "atlas"))


async def test_an_arm_of_another_run_is_named_with_its_run(site: Site) -> None:
    def of(key: str) -> dict[str, Any]:
        arms = [{"id": ids.node_id("Arm", f"atlas of {key}"), "label": "atlas"}]
        return {**comparable(key), "arms": arms}

    site.api.root["run"] = lambda _, id: of(ids.key_of(id))  # noqa: A006 - the schema's name
    site.api.root["comparison"] = answers(comparison(armB=named("atlas")))
    await site.user.open(f"/runs/{KEY}/compare?a=atlas&other={OTHER}")
    await site.user.should_see("atlas is of run 000000")
    [asked] = site.api.named("Comparison")
    assert asked["b"] == ids.node_id("Arm", f"atlas of {OTHER}")
    swapped = urlsplit(href(site, "Swap"))
    assert swapped.path == f"/runs/{OTHER}/compare"
    assert parse_qs(swapped.query)["other"] == [KEY]


async def test_one_arm_alone_leads_to_comparing_runs(site: Site) -> None:
    site.api.root["run"] = answers(comparable(KEY, "atlas"))
    await site.user.open(f"/runs/{KEY}/compare")
    await site.user.should_see("There is nothing to compare yet.")
    assert href(site, "Compare with another run") == f"/compare?runs={KEY}"


async def test_nothing_that_differs_says_so_and_shows_the_way_out(site: Site) -> None:
    site.api.root["run"] = answers(comparable(KEY, "atlas", "borea"))
    site.api.root["comparison"] = answers(comparison(scenarios=answers(connection([]))))
    await site.user.open(f"/runs/{KEY}/compare?show=outputs")
    await site.user.should_see("No scenario like that.")
    assert "show" not in href(site, "Show all")


async def test_a_comparison_that_fails_draws_its_own_error(site: Site) -> None:
    site.api.root["run"] = answers(comparable(KEY, "atlas", "borea"))

    def fail(_: Any, **__: Any) -> None:
        raise ValueError("no")

    site.api.root["comparison"] = fail
    await site.user.open(f"/runs/{KEY}/compare")
    await site.user.should_see("The comparison could not be loaded")
    await site.user.should_see("Swap")


def compared_run(key: str, *, baseline: bool, **arm: Any) -> dict[str, Any]:
    return {
        "isBaseline": baseline,
        "run": {
            "id": ids.node_id("Run", key),
            "status": "COMPLETED",
            "createdAt": AT,
            "createdBy": "ada",
            "definition": {"id": "d", "name": "capitals"},
            "definitionVersion": {"number": 2},
        },
        "arms": [
            {
                "arm": {
                    **named("atlas"),
                    "id": ids.node_id("Arm", f"atlas of {key}"),
                    "progress": {
                        "scored": 812,
                        "passed": 487,
                        "passRate": 0.6,
                        "passRateInterval": {"low": 0.56, "high": 0.63},
                        "meanLatencyMs": 840.0,
                        "costUsd": "1.25",
                    },
                },
                "comparison": None,
                "unpaired": None,
                **arm,
            }
        ],
    }


async def test_runs_stand_under_their_baseline(site: Site) -> None:
    better = {"armA": named("atlas"), "armB": named("atlas"), "result": result()}
    site.api.root["runComparison"] = answers(
        [
            compared_run(OTHER, baseline=True),
            compared_run(KEY, baseline=False, comparison=better),
        ]
    )
    await site.user.open(f"/compare?runs={KEY}&runs={OTHER}&baseline={OTHER}")
    await site.user.should_see("▲ 4.1 points better")
    await site.user.should_see("1.2 to 7.0")
    assert site.api.named("RunComparison") == [
        {
            "runs": [ids.node_id("Run", KEY), ids.node_id("Run", OTHER)],
            "baseline": ids.node_id("Run", OTHER),
        }
    ]
    target = urlsplit(href(site, "60"))
    assert target.path == f"/runs/{KEY}/compare"
    assert parse_qs(target.query) == {
        "a": ["atlas"],
        "b": ["atlas"],
        "other": [OTHER],
        "show": ["a"],
    }
    assert href(site, "Make it the baseline") == f"/compare?runs={KEY}%2C{OTHER}&baseline={KEY}"


async def test_what_is_not_paired_says_why(site: Site) -> None:
    level = {
        "armA": named("atlas"),
        "armB": named("atlas"),
        "result": result(decisive=False, difference=-0.01, interval={"low": -0.1, "high": 0.08}),
    }
    worse = {
        "armA": named("atlas"),
        "armB": named("atlas"),
        "result": result(difference=-0.05, interval={"low": -0.09, "high": -0.01}),
    }
    why = "It runs another definition than the baseline."
    site.api.root["runComparison"] = answers(
        [
            compared_run(KEY, baseline=True),
            compared_run("a", baseline=False, unpaired=why),
            compared_run("b", baseline=False, comparison=level),
            compared_run("c", baseline=False, comparison=worse),
        ]
    )
    await site.user.open(f"/compare?runs={KEY},a,b,c")
    await site.user.should_see(why)
    await site.user.should_see("= \N{MINUS SIGN}1.0 points, can't be told apart")
    await site.user.should_see("▼ 5.0 points worse")


async def test_runs_are_chosen_by_a_search(site: Site) -> None:
    site.api.root["runs"] = answers(connection([compared_run(KEY, baseline=False)["run"]]))
    await site.user.open("/compare?q=cap")
    await site.user.should_see("Choose runs to compare.")
    assert site.api.named("ChooseRuns") == [{"filter": {"search": "cap"}}]
    assert href(site, "Add") == f"/compare?runs={KEY}&baseline={KEY}"


async def test_a_transcript_leads_to_its_scenario_beside_another_arm(site: Site) -> None:
    shown = transcript()
    site.api.root["transcript"] = answers(shown)
    run_key, key = ids.key_of(shown["run"]["id"]), ids.key_of(shown["id"])
    await site.user.open(f"/runs/{run_key}/transcripts/{key}")
    [link] = [e for e in elements(site, "a") if e.props.get("data-key") == "compare"]
    target = urlsplit(str(link.props["href"]))
    assert target.path == f"/runs/{run_key}/compare"
    assert parse_qs(target.query) == {
        "a": [shown["arm"]["label"]],
        "scenario": [str(shown["scenarioPosition"])],
    }


async def test_a_run_says_whether_its_best_arm_leads_by_more_than_chance(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it has ended, and asked once."""
    monkeypatch.setattr("ui.pages.run.POLL_S", 0.02)
    site.api.root["run"] = answers(run(KEY, status="RUNNING"))
    site.api.root["runVerdict"] = answers(comparison())
    await site.user.open(f"/runs/{KEY}")
    await until(lambda: len(site.api.named("Run")) >= 2, "it looks again")
    assert site.api.named("RunVerdict") == []
    site.api.root["run"] = answers(run(KEY))
    await site.user.should_see("atlas beats borea by 4.1 points", retries=30)
    assert site.api.named("RunVerdict") == [{"id": KEY}]
    assert parse_qs(urlsplit(href(site, "Compare them")).query)["show"] == ["differ"]


async def test_a_run_of_one_arm_has_nothing_to_compare(site: Site) -> None:
    site.api.root["run"] = answers(run(KEY, arms=[arm("left")]))
    await site.user.open(f"/runs/{KEY}")
    await site.user.should_see("left passed 10 of 10 scored attempts")
    assert site.api.named("RunVerdict") == []
