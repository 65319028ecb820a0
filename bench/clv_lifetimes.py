"""Fits models of `lifetimes` to a table customer_id,x,t_x,T,m and prints seconds and parameters.

python clv_lifetimes.py FILE.csv [bg_nbd] [pareto_nbd] [gamma_gamma]
"""

import sys
import time
import warnings

import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

warnings.filterwarnings("ignore")
table = pd.read_csv(sys.argv[1])
for name in sys.argv[2:]:
    began = time.perf_counter()
    try:
        if name == "gamma_gamma":
            again = table[table.x > 0]
            fitter = GammaGammaFitter(penalizer_coef=0.0)
            fitter.fit(again.x, again.m)
        else:
            fitter = (BetaGeoFitter if name == "bg_nbd" else ParetoNBDFitter)(penalizer_coef=0.0)
            fitter.fit(table.x, table.t_x, table["T"])
        seconds = time.perf_counter() - began
        # Its likelihoods are of scaled times: the parameters, written so that ours can judge them.
        values = ",".join(f"{value:.9g}" for value in fitter.params_)
        print(f"fit {seconds:.4f} s, {name}:{values}", flush=True)
    except Exception as problem:  # what users see of a peer that gives up
        print(f"fit {time.perf_counter() - began:.4f} s, {name} failed: {type(problem).__name__}", flush=True)
