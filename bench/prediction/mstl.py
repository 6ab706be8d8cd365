"""Forecasts with MSTL + AutoETS of statsforecast: it refits every few hours, and forecasts until the next refit.

It reads minutes as raw doubles, and writes one JSON object with the forecasts of each fit. A fit uses only the
minutes before it.
"""

import argparse
import json
import sys
import time

import numpy as np
from statsforecast.models import MSTL, AutoETS

DAY = 1440


def fit(values, step):
    seasons = [season for season in (DAY // step, 7 * DAY // step) if len(values) >= 2 * season - 1]
    return MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN")).fit(values)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes")
    parser.add_argument("--step", type=int, default=15)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--first", type=int, required=True, help="minute of the first fit")
    parser.add_argument("--every", type=int, default=360)
    parser.add_argument("--fits", type=int, required=True)
    parser.add_argument("--steps", type=int, default=1, help="number of steps that each fit forecasts")
    args = parser.parse_args()
    minutes = np.fromfile(args.minutes)
    forecasts = []
    milliseconds = []
    for number in range(args.fits):
        at = args.first + number * args.every
        known = minutes[max(0, at - args.days * DAY) : at]
        known = known[len(known) % args.step :].reshape(-1, args.step).mean(axis=1)
        started = time.perf_counter()
        model = fit(known, args.step)
        milliseconds.append((time.perf_counter() - started) * 1000)
        forecasts.append([max(0.0, float(value)) for value in model.predict(args.steps)["mean"]])
        print(number + 1, args.fits, file=sys.stderr, flush=True)
    json.dump({"forecasts": forecasts, "milliseconds": milliseconds}, sys.stdout)


if __name__ == "__main__":
    main()
