"""What is said of a long run that was looked at now and then."""

from bench.endurance import Look, figures


def test_the_last_tenth_is_held_against_the_first() -> None:
    # ten attempts a second for 90 seconds, then five a second; the memory grows by 1 MB a second
    looks = [Look(second, 10 * second, 100.0 + second) for second in range(91)]
    looks += [Look(90 + second, 900 + 5 * second, 190.0 + second) for second in range(1, 21)]
    found = {figure.name: figure for figure in figures(looks)}
    assert found["attempts"].median == 1000
    assert found["the last tenth's rate, of the first's"].median == 50
    assert found["the last tenth's rate, of the first's"].holds is False
    assert found["worker's memory"].median == 210
    assert found["worker's memory, last tenth less first"].median == 100
