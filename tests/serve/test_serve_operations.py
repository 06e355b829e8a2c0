"""Health, figures, and what the API says of itself."""

from __future__ import annotations

import re

from api_client import Client

from hangtag.serve.api_page import render_api
from hangtag.serve.metrics import Metrics


def test_health_says_how_much_there_is_to_search(client: Client) -> None:
    """A server that answers this can answer all."""
    assert client.get("/healthz").json() == {"status": "ok", "products": 13}


def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    """Routes, not paths: those would be without number."""
    for path in ("/api/search", "/api/search", "/api/search?k=0", "/photos/1", "/photos/3", "/no"):
        client.get(path)
    lines = client.get("/metrics").text.splitlines()
    assert 'hangtag_requests_total{route="/api/search",method="GET",status="200"} 2' in lines
    assert 'hangtag_requests_total{route="/api/search",method="GET",status="422"} 1' in lines
    photos = 'hangtag_requests_total{route="/photos/{product_id:path}",method="GET",status="200"} 2'
    assert photos in lines
    assert 'hangtag_requests_total{route="(none)",method="GET",status="404"} 1' in lines
    assert "hangtag_index_products 13" in lines


def test_times_are_a_histogram_that_adds_up() -> None:
    """Each bucket holds those before it, the last one all."""
    metrics = Metrics()
    for seconds in (0.001, 0.005, 0.03, 99.0):
        metrics.observe("/x", "GET", 200, seconds)
    text = metrics.text({})
    buckets = re.findall(r'_bucket\{route="/x",le="([^"]+)"\} (\d+)', text)
    counts = [int(count) for _, count in buckets]
    assert counts == sorted(counts)
    assert dict(buckets)["0.005"] == "2"
    assert dict(buckets)["10.0"] == "3"
    assert buckets[-1] == ("+Inf", "4")
    assert 'hangtag_request_seconds_count{route="/x"} 4' in text
    assert 'hangtag_request_seconds_sum{route="/x"} 99.036' in text


def test_labels_cannot_break_out_of_their_quotes() -> None:
    """Names of routes are ours; should one hold a quote, the text stays readable."""
    metrics = Metrics()
    metrics.observe('a"\n\\b', "GET", 200, 0.1)
    assert r'route="a\"\n\\b"' in metrics.text({})


def test_the_api_page_tells_of_every_route_and_model(client: Client) -> None:
    """It works without a network, so it is ours; it is made from the same document."""
    document = client.get("/openapi.json").json()
    page = client.get("/docs").text
    assert len(document["paths"]) >= 9
    for path, methods in document["paths"].items():
        assert path in page
        for method, about in methods.items():
            assert f'id="route-{about["operationId"]}"' in page
            assert about["summary"], (method, path)
            for parameter in about.get("parameters", []):
                assert parameter["description"], parameter["name"]
    for model in document["components"]["schemas"]:
        assert f'id="model-{model}"' in page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_the_api_page_escapes_what_it_is_made_from() -> None:
    """Though nothing of a catalog stands in it."""
    hostile = "<script>x</script>"
    page = render_api(
        {
            "info": {"title": hostile, "description": hostile, "version": "1"},
            "paths": {"/x": {"get": {"operationId": "x", "summary": hostile, "responses": {}}}},
        }
    )
    assert "<script>x" not in page
    assert "&lt;script&gt;" in page


def test_the_page_can_be_asked_what_there_is(client: Client) -> None:
    """Columns with their titles, configurations with what they do."""
    about = client.get("/api/about").json()
    assert about["products"] == 13
    assert about["columns"]["article_type"] == "Article type"
    assert "pattern" in about["columns"]
    names = [one["name"] for one in about["configurations"]]
    assert {about["a"], about["b"]} <= set(names)
    assert all(one["about"] for one in about["configurations"])


def test_examples_of_queries_have_answers_here(client: Client) -> None:
    """All that is asked for at once; no column comes twice, so that they show what can be asked."""
    examples = client.get("/api/about").json()["examples"]
    assert len(examples) >= 2
    columns = []
    for query in examples:
        answer = client.get("/api/search", q=query, strict="true", k=1).json()
        assert answer["hits"], query
        assert not answer["rest"], query
        columns += [one["column"] for one in answer["meanings"] if one["column"] != "article_type"]
    assert len(columns) == len(set(columns)) == len(examples)
