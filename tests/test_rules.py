"""What the rules make of readings and metadata."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from hangtag.readings import Reading
from hangtag.rules import Rules, Verdict, default_rules, load_rules, says_nothing
from hangtag.rules.rulebook import Rulebook
from hangtag.taxonomy import Taxonomy, default_taxonomy, load_taxonomy

TAXONOMY = default_taxonomy()
SHIRT = {"article_type": "Shirts", "sub_category": "Topwear", "master_category": "Apparel"}
TSHIRT = SHIRT | {"article_type": "Tshirts"}
JEANS = {"article_type": "Jeans", "sub_category": "Bottomwear", "master_category": "Apparel"}
WATCH = {"article_type": "Watches", "sub_category": "Watches", "master_category": "Accessories"}


def read(**answers: str | tuple[str, ...] | tuple[str, float]) -> dict[str, Reading]:
    """Readings: an option (sure), (option, confidence), or for a multiple choice its options."""
    readings = {}
    for name, given in answers.items():
        answer, confidence = given, 0.9
        if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], float):
            answer, confidence = given[0], given[1]
        value = (answer,) if isinstance(answer, str) else tuple(map(str, answer))
        readings[name] = Reading(name, value, confidence, dict.fromkeys(value, confidence))
    return readings


def judged(
    metadata: Mapping[str, str | None], seen: str | None = None, **answers: object
) -> Verdict:
    return default_rules(TAXONOMY).apply(read(**answers), metadata, seen)  # type: ignore[arg-type]


def rules_of(text: str, folder: Path, taxonomy: Taxonomy = TAXONOMY) -> Rules:
    file = folder / "rules.yaml"
    file.write_text("name: own\n" + text, encoding="utf-8")
    return load_rules(file, taxonomy)


# Applicability


def test_a_watch_is_not_asked_for_its_collar() -> None:
    """What does not apply is None, without an issue and without a confidence."""
    verdict = judged(WATCH, collar="crew neck", sleeves="long sleeve", material="metal")
    assert verdict.values["collar"] is None
    assert verdict.values["sleeves"] is None
    assert verdict.values["material"] == "metal"
    assert "collar" not in verdict.confidence
    assert verdict.issues == ()


def test_without_metadata_the_category_seen_in_the_photo_decides() -> None:
    """A bare folder of photos gets no collars on watches either."""
    assert judged({}, "Watches", collar="collar").values["collar"] is None
    assert judged({}, "Topwear", collar="collar").values["collar"] == "collar"
    assert judged({}, "Watches").category == "Watches"
    assert judged(WATCH, "Watches").category is None


def test_a_category_nobody_knows_leaves_every_question_open() -> None:
    """Unknown categories are answered by the photo alone, "not applicable" included."""
    verdict = judged({"article_type": "Zeppelins"}, collar="not applicable", material="metal")
    assert verdict.values["collar"] == "not applicable"
    assert verdict.values["material"] == "metal"


def test_every_attribute_of_the_taxonomy_has_a_value_or_none() -> None:
    """The attributes table gets all its columns, even where the engine answered nothing."""
    verdict = judged(SHIRT)
    assert set(verdict.values) == {a.name for a in TAXONOMY}
    assert verdict.values["pattern"] is None
    assert verdict.issues == ()


# Confidence


def test_an_unsure_reading_is_withheld_and_flagged() -> None:
    """The value is left out, its confidence is kept, a person is asked to look."""
    verdict = judged(SHIRT, pattern=("striped", 0.41))
    assert verdict.values["pattern"] is None
    assert verdict.confidence["pattern"] == 0.41
    assert verdict.issues == ("unsure:pattern",)
    assert verdict.needs_review


def test_an_unsure_fit_is_nothing_for_a_person() -> None:
    """Only attributes under `review` ask for one."""
    verdict = judged(SHIRT, fit=("loose", 0.41))
    assert verdict.issues == ("unsure:fit",)
    assert not verdict.needs_review


def test_an_answer_of_nothing_is_kept_and_contradicts_nothing() -> None:
    """Jeans of unknown material are no contradiction to denim."""
    verdict = judged(JEANS, material="unknown")
    assert verdict.values["material"] == "unknown"
    assert verdict.issues == ()


def test_a_single_choice_without_any_value_is_unsure() -> None:
    """An engine that found no option leaves nothing to keep."""
    assert judged(SHIRT, pattern=()).issues == ("unsure:pattern",)


def test_a_confidence_that_is_no_number_is_unsure() -> None:
    """NaN is above nothing."""
    assert judged(SHIRT, pattern=("striped", float("nan"))).values["pattern"] is None


def test_a_list_is_kept_however_unsure_one_of_its_options() -> None:
    """The options of a multiple choice have passed their own thresholds."""
    readings = read(style_keywords=("vintage", "modern"))
    low = Reading("style_keywords", ("vintage", "modern"), 0.2, {})
    verdict = default_rules(TAXONOMY).apply({**readings, "style_keywords": low}, SHIRT)
    assert verdict.values["style_keywords"] == ("vintage", "modern")
    assert verdict.issues == ()


def test_options_of_a_list_may_have_a_line_too() -> None:
    """Each stands or falls by its own probability; a line below their thresholds is one as well."""
    plain = default_rules(TAXONOMY)
    assert "style_keywords" not in plain.minimums()
    rules = plain.demanding({"style_keywords": 0.6, "details": 0.3})
    assert rules.minimums()["style_keywords"] == 0.6
    assert rules.minimums()["details"] == 0.3
    likely = {"vintage": 0.55, "modern": 0.8}
    said = Reading("style_keywords", ("vintage", "modern"), 0.55, likely)
    verdict = rules.apply({**read(), "style_keywords": said}, SHIRT)
    assert verdict.values["style_keywords"] == ("modern",)
    assert "unsure:style_keywords" not in verdict.issues


def test_photos_of_a_size_may_have_lines_of_their_own() -> None:
    """The nearest size counts; where none is known, or has no line, what holds for all does."""
    rules = default_rules(TAXONOMY).demanding(
        {"pattern": 0.8, "fit": 0.7}, {128: {"pattern": 0.95, "fit": 0.1}, 224: {"pattern": 0.6}}
    )
    readings = read(pattern=("striped", 0.75), fit=("loose", 0.65))
    kept = {
        side: {
            name
            for name in ("pattern", "fit")
            if rules.apply(readings, SHIRT, photo_side=side).values[name] is not None
        }
        for side in (64, 128, 224, 500, None)
    }
    # No line is below the rulebook's own minimum of one half.
    assert kept == {64: {"fit"}, 128: {"fit"}, 224: {"pattern"}, 500: {"pattern"}, None: set()}
    assert rules.minimums(128)["fit"] == 0.5
    assert rules.minimums(224)["fit"] == rules.minimums()["fit"] == 0.7


def test_lines_of_sizes_make_other_rules() -> None:
    """So that a run with others derives attributes anew; the same ones are the same rules."""
    plain = default_rules(TAXONOMY).demanding({"pattern": 0.8})
    small = {128: {"pattern": 0.9}}
    versions = [
        rules.version
        for rules in (
            plain,
            default_rules(TAXONOMY).demanding({"pattern": 0.8}, small),
            default_rules(TAXONOMY).demanding({"pattern": 0.8}, {128: {"pattern": 0.91}}),
            default_rules(TAXONOMY).demanding({"pattern": 0.8}, {224: {"pattern": 0.9}}),
        )
    ]
    assert len(set(versions)) == 4
    again = default_rules(TAXONOMY).demanding({"pattern": 0.8}, dict(small))
    assert again.version == versions[1]
    assert pickle.loads(pickle.dumps(again)).version == versions[1]
    assert plain.lines() == {"least": plain.minimums()}
    assert again.lines()["least_by_side"] == {"128": again.minimums(128)}


def test_a_rulebook_can_ask_more_of_single_attributes(tmp_path: Path) -> None:
    """`minimum_for` overrides, for the options of a list too."""
    rules = rules_of("confidence: {minimum: 0.2, minimum_for: {fit: 0.95, details: 0.8}}", tmp_path)
    readings = read(pattern=("striped", 0.3), fit=("loose", 0.9))
    readings["details"] = Reading(
        "details", ("has logo", "has hood"), 0.6, {"has logo": 0.9, "has hood": 0.6}
    )
    values = rules.apply(readings, SHIRT).values
    assert values["pattern"] == "striped"
    assert values["fit"] is None
    assert values["details"] == ("has logo",)


def test_socks_have_no_pockets_and_sunglasses_are_not_knit() -> None:
    """Of several options the odd ones are dropped; a single one is withheld, with an issue."""
    verdict = judged({"sub_category": "Socks"}, details=("has pockets", "has logo"))
    assert verdict.values["details"] == ("has logo",)
    assert verdict.issues == ()
    verdict = judged({"sub_category": "Eyewear"}, material="knit fabric")
    assert verdict.values["material"] is None
    assert verdict.issues == ("disbelieved:material",)
    assert not verdict.needs_review


# Consistency

BROKEN = {
    "sports_not_athletic": ({"usage": "Sports"}, {"formality": "casual"}),
    "formal_not_formal": ({"usage": "Formal"}, {"formality": "athletic"}),
    "casual_not_casual": ({"usage": "Casual"}, {"formality": "formal"}),
    "sports_shoes_not_athletic": ({"article_type": "Sports Shoes"}, {"formality": "formal"}),
    "formal_shoes_not_formal": ({"article_type": "Formal Shoes"}, {"formality": "casual"}),
    "casual_shoes_not_casual": ({"article_type": "Casual Shoes"}, {"formality": "formal"}),
    "jeans_not_casual": (JEANS, {"formality": "athletic"}),
    "dressy_but_athletic": ({"article_type": "Heels"}, {"formality": "athletic"}),
    "homewear_not_casual": ({"sub_category": "Innerwear"}, {"formality": "formal"}),
    "jeans_not_denim": (JEANS, {"material": "leather"}),
    "tshirts_not_knit": (TSHIRT, {"material": "denim"}),
    "shirts_not_woven": (SHIRT, {"material": "knit fabric"}),
    "warm_tops_not_knit": (SHIRT | {"article_type": "Sweaters"}, {"material": "woven fabric"}),
    "watches_odd_material": (WATCH, {"material": "canvas"}),
    "leather_goods_odd_material": ({"article_type": "Wallets"}, {"material": "metal"}),
    "formal_shoes_not_leather": ({"article_type": "Formal Shoes"}, {"material": "canvas"}),
    "sports_shoes_not_synthetic": ({"article_type": "Sports Shoes"}, {"material": "leather"}),
    "backpacks_odd_material": ({"article_type": "Backpacks"}, {"material": "metal"}),
    "footwear_odd_material": ({"sub_category": "Shoes"}, {"material": "metal"}),
    "garment_of_hard_material": (TSHIRT, {"material": "metal"}),
    "shirts_without_collar": (SHIRT, {"collar": "crew neck"}),
    "formal_top_without_collar": (SHIRT | {"usage": "Formal"}, {"collar": "hooded"}),
    "tshirts_odd_collar": (TSHIRT, {"collar": "turtleneck"}),
    "warm_tops_sleeves_short": (SHIRT | {"article_type": "Jackets"}, {"sleeves": "short sleeve"}),
    "shirts_sleeveless": (SHIRT, {"sleeves": "sleeveless"}),
    "formal_but_no_collar": (TSHIRT, {"formality": "formal", "collar": "crew neck"}),
    "hooded_without_hood": (TSHIRT, {"collar": "hooded", "details": ("has logo",)}),
    "strapless_with_sleeves": (
        SHIRT | {"article_type": "Tops"},
        {"collar": "no collar", "sleeves": "long sleeve"},
    ),
}  # fmt: skip
ON = [code for code, rule in default_rules(TAXONOMY).rulebook.consistency.items() if rule.on]


def test_every_rule_that_is_on_has_an_example_here() -> None:
    """A rule without a test is not shipped."""
    assert set(BROKEN) == set(ON)


@pytest.mark.parametrize("code", ON)
def test_a_contradiction_is_flagged_and_doubted(code: str) -> None:
    """The value stays, its rule is named, the attribute is doubted, and review follows severity."""
    metadata, answers = BROKEN[code]
    verdict = judged(metadata, **answers)
    rule = default_rules(TAXONOMY).rulebook.consistency[code]
    assert code in verdict.issues
    (attribute,) = rule.expect
    assert attribute in verdict.doubted
    assert verdict.values[attribute] == answers[attribute]
    if rule.severity == "review":
        assert verdict.needs_review


@pytest.mark.parametrize("code", ON)
def test_what_agrees_is_not_flagged(code: str) -> None:
    """The options that a rule expects do not break it, nor does a product it does not speak of."""
    metadata, answers = BROKEN[code]
    rules = default_rules(TAXONOMY)
    (attribute,) = rules.rulebook.consistency[code].expect
    for option in rules.rulebook.consistency[code].expect[attribute]:
        answer = (option,) if TAXONOMY[attribute].multiple else option
        assert code not in judged(metadata, **{**answers, attribute: answer}).issues
    assert code not in judged({"sub_category": "Makeup"}, **answers).issues


def test_a_withheld_reading_contradicts_nothing() -> None:
    """Whoever is unsure is not accused."""
    assert judged(JEANS, material=("leather", 0.3)).issues == ("unsure:material",)


def test_metadata_is_compared_without_regard_to_case() -> None:
    """Catalogs write as they like."""
    assert "jeans_not_denim" in judged({"article_type": " JEANS "}, material="leather").issues


def test_rules_that_are_off_say_nothing() -> None:
    """Ties may be casual: two in five of those that shops sell are."""
    assert judged({"article_type": "Ties"}, formality="casual").issues == ()


def test_the_photo_of_another_kind_of_product_is_noticed() -> None:
    """A shoe on the row of a shirt; a dress beside a top is within what photos leave open."""
    verdict = judged(SHIRT, "Shoes")
    assert verdict.issues == ("category_mismatch",)
    assert verdict.needs_review
    assert judged(SHIRT, "Dress").issues == ()
    assert judged(SHIRT, "Topwear").issues == ()
    assert judged(SHIRT, None).issues == ()


def test_every_issue_has_a_sentence() -> None:
    """Reports explain codes; unknown ones are shown as they are."""
    rules = default_rules(TAXONOMY)
    for code in (*ON, "unsure:pattern", "disbelieved:material", "category_mismatch"):
        assert rules.explain(code).endswith("."), code
    assert rules.explain("of_another_rulebook") == "of_another_rulebook"


# Tier 3


def test_formality_and_usage_give_the_occasion() -> None:
    """In the taxonomy's order, each once."""
    both = judged(SHIRT | {"usage": "Formal"}, formality="formal").values["occasion"]
    assert both == ("office", "business meeting", "formal event")
    assert judged(SHIRT, formality="athletic").values["occasion"] == (
        "gym",
        "sports",
        "active wear",
    )
    assert judged({"article_type": "Flip Flops"}, formality="casual").values["occasion"] == (
        "everyday",
        "weekend",
        "casual outing",
        "beach",
    )
    assert judged({"sub_category": "Loungewear and Nightwear"}, formality="casual").values[
        "occasion"
    ] == ("lounge",)


def test_a_doubted_reading_derives_nothing() -> None:
    """Sold for sports and read as formal: the office is not derived."""
    verdict = judged(TSHIRT | {"usage": "Sports"}, formality="formal")
    assert verdict.values["formality"] == "formal"
    assert verdict.values["occasion"] == ("gym", "sports", "active wear")


def test_sleeves_collar_and_category_give_the_season() -> None:
    """Metadata counts for clothes; a watch sold in winter is for all seasons."""
    assert judged(TSHIRT, sleeves="short sleeve").values["season_refined"] == ("summer",)
    assert judged(TSHIRT, collar="hooded", sleeves="long sleeve").values["season_refined"] == (
        "winter",
    )
    winter = {"season": "Winter"}
    assert judged(JEANS | winter).values["season_refined"] == ("winter",)
    assert judged(WATCH | winter).values["season_refined"] == ("all season",)
    assert judged({"article_type": "Rain Jacket"}).values["season_refined"] == ("monsoon",)
    assert judged({}).values["season_refined"] == ("all season",)


def test_unless_takes_a_derivation_back(tmp_path: Path) -> None:
    """Any one of the conditions under `unless` is enough, known or read."""
    rules = rules_of(
        """
derive:
  summer:
    when: {sleeves: [short sleeve]}
    unless: {season: [Winter], details: [has hood]}
    add: {season_refined: [summer]}
""",
        tmp_path,
    )
    short = read(sleeves="short sleeve", details=("has hood",))
    del short["details"]
    assert rules.apply(short, SHIRT).values["season_refined"] == ("summer",)
    assert rules.apply(short, SHIRT | {"season": "winter"}).values["season_refined"] == ()
    hooded = read(sleeves="short sleeve", details=("has hood", "has logo"))
    assert rules.apply(hooded, SHIRT).values["season_refined"] == ()


# Versions, other taxonomies, processes


def test_the_version_is_of_what_rules_do(tmp_path: Path) -> None:
    """Sentences and figures do not change it; conditions and switches do."""
    text = """
consistency:
  jeans:
    says: Jeans are denim.
    when: {article_type: [Jeans]}
    expect: {material: [denim]}
"""
    first = rules_of(text, tmp_path).version
    assert len(first) == 12
    assert rules_of(text.replace("Jeans are denim", "Denim, please"), tmp_path).version == first
    measured = text + "    measured: [{evidence: labels, hit_rate: 0.9, n: 10}]\n"
    assert rules_of(measured, tmp_path).version == first
    assert rules_of(text + "    on: false\n", tmp_path).version != first
    assert rules_of(text.replace("[denim]", "[leather]"), tmp_path).version != first


def test_the_shipped_rules_serve_any_taxonomy(tmp_path: Path) -> None:
    """Rules that speak of what a taxonomy lacks are left out, the others work."""
    file = tmp_path / "own.yaml"
    file.write_text(
        """
name: own
version: 1
groups: {shoe: {sub_category: [Shoes]}}
attributes:
  formality: {tier: 1, options: {formal: {}, casual: {}, athletic: {}, business casual: {}}}
  heel: {tier: 1, only_for: [shoe], options: {flat: {}, high: {}}}
  mood: {tier: 3, options: {calm: {}, wild: {}}}
""",
        encoding="utf-8",
    )
    rules = default_rules(load_taxonomy(file))
    assert "sports_not_athletic" in rules.rulebook.consistency
    assert "jeans_not_denim" not in rules.rulebook.consistency
    verdict = rules.apply(read(formality="casual", heel=("high", 0.3)), {"usage": "Sports"})
    assert verdict.values == {"formality": "casual", "heel": None, "mood": None}
    assert verdict.issues == ("unsure:heel", "sports_not_athletic")


def test_rules_travel_to_other_processes_and_say_the_same() -> None:
    """Spark hands them to its workers."""
    rules = default_rules(TAXONOMY)
    twin = pickle.loads(pickle.dumps(rules))
    readings = read(material="leather", formality="casual")
    assert twin.apply(readings, JEANS) == rules.apply(readings, JEANS)
    assert twin.version == rules.version


def test_a_product_is_judged_alike_whatever_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of metadata is bounded and does not leak to the next product."""
    monkeypatch.setattr("hangtag.rules.judging._PLANS", 16)
    rules = default_rules(TAXONOMY)
    first = rules.apply(read(material="denim"), JEANS)
    for number in range(40):
        rules.apply({}, {"article_type": f"odd {number}"})
    assert rules.apply(read(material="denim"), JEANS) == first


@pytest.mark.parametrize(
    ("option", "nothing"),
    [("unknown", True), ("Cannot tell", True), ("not applicable", True), ("no collar", False),
     ("no clear pattern", True), ("other", True), ("otherworldly", False), ("casual", False)],
)  # fmt: skip
def test_some_answers_say_nothing(option: str, nothing: bool) -> None:
    """They are recognised in other people's taxonomies too."""
    assert says_nothing(option) is nothing


def test_the_shipped_rulebook_speaks_of_nothing_unknown() -> None:
    """Nothing of it is dropped for the taxonomy that it belongs to."""
    shipped = default_rules(TAXONOMY).rulebook
    assert isinstance(shipped, Rulebook)
    assert shipped == shipped.for_taxonomy(TAXONOMY)
    assert len(shipped.consistency) == len(ON) + sum(not r.on for r in shipped.consistency.values())


def test_rules_with_poor_figures_are_off_or_only_notes() -> None:
    """Below 0.9 nobody is asked to look."""
    for code, rule in default_rules(TAXONOMY).rulebook.consistency.items():
        assert rule.measured, code
        if min(m.hit_rate for m in rule.measured) < 0.9:
            assert not rule.on or rule.severity == "note", code


def test_what_a_person_said_stands_and_is_doubted_by_no_rule() -> None:
    """Not for want of confidence, nor as unbelievable, nor against other readings."""
    readings = read(pattern=("striped", 0.1), sleeves="short sleeve", collar=("hooded", 0.2))
    rules = default_rules(TAXONOMY)
    before = rules.apply(readings, SHIRT)
    assert "unsure:pattern" in before.issues
    assert before.needs_review
    said = {"pattern": "checkered", "collar": "hooded", "details": ("has hood",)}
    verdict = rules.apply(readings, SHIRT, said=said)
    assert {name: verdict.values[name] for name in said} == said
    assert verdict.confidence["pattern"] == verdict.confidence["collar"] == 1
    assert not {"unsure:pattern", "unsure:collar", "disbelieved:collar"} & set(verdict.issues)
    assert not verdict.doubted & set(said)
    assert not verdict.needs_review


def test_derivations_go_by_what_a_person_said() -> None:
    """And what a person said of a derived attribute stands as it is."""
    rules = default_rules(TAXONOMY)
    readings = read(formality="casual", sleeves="long sleeve", collar="collar")
    casual = rules.apply(readings, SHIRT)
    formal = rules.apply(readings, SHIRT, said={"formality": "formal"})
    assert casual.values["occasion"] != formal.values["occasion"]
    told = rules.apply(readings, SHIRT, said={"occasion": ("party",)})
    assert told.values["occasion"] == ("party",)
    watch = rules.apply({}, WATCH, said={"pattern": "solid color"})
    assert watch.values["pattern"] == "solid color"
