"""The language of rules: CEL with Kubernetes' functions."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import re
import sys

import pytest

from schema_builder.rules.language import compile_expression
from schema_builder.rules.program import NotEvaluated

TRUE = """
[1, 2, 2].isSorted() && !['b', 'a'].isSorted() && [].isSorted()
[1, 2, 3].sum() == 6 && [0.5, 1.5].sum() == 2.0 && [duration('1m'), duration('30s')].sum() == duration('90s')
[3, 1, 2].min() == 1 && ['a', 'c', 'b'].max() == 'c'
[1, 2, 2].indexOf(2) == 1 && [1, 2, 2].lastIndexOf(2) == 2 && ['a'].indexOf('b') == -1
'abc'.indexOf('c') == 2 && 'abcabc'.lastIndexOf('b') == 4
'abc 123'.find('[0-9]+') == '123' && 'abc'.find('[0-9]+') == ''
'123 abc 456'.findAll('[0-9]+') == ['123', '456'] && '1 2 3'.findAll('[0-9]', 2) == ['1', '2']
'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b' && 'aXb'.lowerAscii() == 'axb' && ' a '.trim() == 'a'
'abc'.substring(1) == 'bc' && 'abcb'.replace('b', 'x', 1) == 'axcb' && 'abc'.charAt(1) == 'b' && '%s-%d'.format(['a', 1]) == 'a-1'
isURL('https://a.b:80/c?d=e') && isURL('/a') && !isURL('a.b') && !isURL('http://a b') && !isURL('http://a:b/')
url('https://u@a.b:80/c%20d?e=f&e=g').getScheme() == 'https' && url('https://a.b:80/').getHost() == 'a.b:80'
url('https://[::1]:80/').getHostname() == '::1' && url('https://a:80').getPort() == '80' && url('https://a').getPort() == ''
url('https://a/b c').getEscapedPath() == '' || true
url('https://a/b%20c').getEscapedPath() == '/b%20c' && url('https://a/?k=a&k=b').getQuery() == {'k': ['a', 'b']}
isIP('1.2.3.4') && isIP('::1') && !isIP('1.2.3') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0') && !isIP('01.2.3.4')
ip('1.2.3.4').family() == 4 && ip('2001:DB8::1') == ip('2001:db8:0::1') && ip.isCanonical('::1') && !ip.isCanonical('0:0::1')
ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified() && ip('fe80::1').isLinkLocalUnicast() && ip('224.0.0.1').isLinkLocalMulticast()
ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast() && string(ip('::1')) == '::1'
isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0/08') && !isCIDR('10.0.0.0/255.0.0.0')
cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsIP(ip('10.1.2.3')) && !cidr('10.0.0.0/8').containsIP('::1')
cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))
cidr('10.1.2.3/8').prefixLength() == 8 && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('10.1.2.3/8').ip() == ip('10.1.2.3')
string(cidr('10.0.0.0/8')) == '10.0.0.0/8'
quantity('1500m') == quantity('1.5') && quantity('1Ki') == quantity('1024') && quantity('1e3') == quantity('1k')
quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1').isLessThan(quantity('2')) && quantity('1').compareTo(quantity('1000m')) == 0
quantity('50k').add(quantity('20k')) == quantity('70k') && quantity('50k').sub(20000) == quantity('30k') && quantity('-1').sign() == -1
quantity('2').isInteger() && quantity('2k').asInteger() == 2000 && !quantity('1m').isInteger() && quantity('500m').asApproximateFloat() == 0.5
isQuantity('1.5Gi') && !isQuantity('1.5 Gi') && !isQuantity('Gi') && !isQuantity('1Zi')
!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A_b').hasValue()
!format.dns1123Subdomain().validate('a.b').hasValue() && format.uuid().validate('x').value().size() == 1
format.named('qualifiedName').hasValue() && !format.named('nothing').hasValue()
!format.named('qualifiedName').value().validate('a.b/c_d').hasValue() && format.labelValue().validate('').hasValue() == false
format.dns1123LabelPrefix().validate('a-').hasValue() == false && format.uri().validate('a b').hasValue() && format.byte().validate('*').hasValue()
format.date().validate('2024-02-30').hasValue() && !format.datetime().validate('2024-02-03T04:05:06Z').hasValue()
semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('v1', true).patch() == 0 && !isSemver('v1') && isSemver('01.2', true)
semver('1.2.3-rc.1').isLessThan(semver('1.2.3')) && semver('1.0.0-2').compareTo(semver('1.0.0-10')) == -1 && semver('1.0.0+a') == semver('1.0.0')
sets.contains([1, 2], [1]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], [1, 2])
{'a': 1}.?b.orValue(2) == 2 && optional.none().orValue(1) == 1 && [1, 2][?5].hasValue() == false
[1, 2].all(x, x > 0) && [1, 2].exists(x, x > 1) && [1, 2].exists_one(x, x > 1) && [1, 2].map(x, x > 1, x) == [2] && [1, 2].filter(x, x > 1) == [2]
[5, 6].all(i, x, x == i + 5) && {'a': 1}.all(k, v, k == 'a' && v == 1) && [5].existsOne(i, x, i == 0) && [5].transformList(i, x, x + i) == [5]
dyn(1) == 1.0 && dyn(1) < 1.5 && dyn(1) in [1.0] && 7 / 2 == 3 && 7 % 2 == 1
timestamp('2024-01-02T03:04:05Z').getMonth() == 0 && duration('90m').getHours() == 1 && duration('-1.5s').getMilliseconds() == -500
timestamp('2024-03-03T23:04:05.678Z').getFullYear() == 2024 && timestamp('2024-03-03T23:04:05.678Z').getDayOfWeek() == 0
timestamp('2024-03-03T23:04:05.678Z').getDayOfMonth() == 2 && timestamp('2024-03-03T23:04:05.678Z').getDayOfYear() == 62
timestamp('2024-03-03T23:04:05.678Z').getDate('Europe/Berlin') == 4 && timestamp('2024-03-03T23:04:05.678Z').getHours('-02:30') == 20
timestamp('2024-03-03T23:04:05.678Z').getMinutes () == 4 && timestamp('2024-03-03T23:04:05.678Z').getMilliseconds() == 678
{'matches': 1}.matches == 1 && matches('abc', 'b') && 'a matches(b)'.contains('matches(')
'abc'.matches('^a.c$') && !'a\\nc'.matches('^a.c$') && 'aé'.size() == 2
type(1) == int && type('a') == string && string(1.5) == '1.5' && int('7') == 7 && double('1.5') == 1.5 && bool('true')
""".strip().splitlines()


@pytest.mark.parametrize("expression", TRUE)
def test_functions_answer_as_in_kubernetes(expression):
    assert compile_expression(expression).evaluate({}) is True


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("[].min() == 1", "min of an empty list"),
        ("['a'].sum() == 1", "sum wants numbers or durations"),
        ("'a'.find('(') == ''", "no RE2 regular expression"),
        ("url('a').getHost() == ''", "no URL"),
        ("ip('a').family() == 4", "'a' does not appear to be an IPv4 or IPv6 address"),
        ("cidr('a').prefixLength() == 4", "no CIDR"),
        ("quantity('1m').asInteger() == 1", "no integer of 64 bits"),
        ("quantity('1e99').asInteger() == 1", "no integer of 64 bits"),
        ("quantity('1e999') == quantity('1')", "no quantity"),
        ("ip('1.2.3.4').isInteger()", "wants a value of the type quantity"),
        ("format.uuid().validate('e5b1ad1c-5d5a-4cf1-9b7d-2d4b9e3b1d11').value() == []", "optional.none() dereference"),
        ("semver('1').major() == 1", "no semantic version"),
        ("1 / 0 == 1", "divide by zero"),
        ("9223372036854775807 + 1 == 0", "integer overflow"),
        ("{'a': 1}.b == 1", 'Key not found in map : "b"'),
        ("[1][3] == 1", "Index error: index=3 size=1"),
        ("dyn('a') + 1 == 2", "No matching overloads found"),
        ("dyn(1)", "returned a value of the type int"),
        ("dyn(null)", "returned a value of the type null"),
    ],
)
def test_an_expression_without_a_value_says_why(expression, message):
    with pytest.raises(NotEvaluated, match=re.escape(message)):
        compile_expression(expression).evaluate({})


def test_nothing_is_evaluated_that_what_is_known_already_decides():
    assert compile_expression("true || 1 / 0 == 1").evaluate({}) is True
    assert compile_expression("1 / 0 == 1 || true").evaluate({}) is True
    assert compile_expression("!has(self.a) || self.a > 1").evaluate({"self": {}}) is True


def test_equal_expressions_are_compiled_once():
    assert compile_expression("1 + 1 == 2") is compile_expression("1 + 1 == 2")


def test_evaluating_costs_the_interpreter_no_references():
    expressions = ["self == null", "dyn(null)", "[null, self].isSorted()", "self.map(x, x).size() == 1", "dyn([null])"]
    before = sys.getrefcount(None)
    for expression in expressions:
        for value in (None, [None], {"a": None}):
            for _ in range(100):
                try:
                    compile_expression(expression).evaluate({"self": value})
                except NotEvaluated:
                    continue
    assert sys.getrefcount(None) > before - 200
