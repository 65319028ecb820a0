"""Fits models of PyMC-Marketing by MAP to a table customer_id,x,t_x,T,m and prints seconds and parameters.

python clv_pymc.py FILE.csv [bg_nbd] [pareto_nbd] [gamma_gamma]

Compiling the model, which PyMC does once a process, is in the time of the first fit: the second is printed,
too.
"""

import sys
import time
import warnings

import pandas as pd
from pymc_marketing import clv

warnings.filterwarnings("ignore")
table = pd.read_csv(sys.argv[1]).rename(columns={"x": "frequency", "t_x": "recency", "m": "monetary_value"})
kinds = {"bg_nbd": clv.BetaGeoModel, "pareto_nbd": clv.ParetoNBDModel, "gamma_gamma": clv.GammaGammaModel}
for name in sys.argv[2:]:
    rows = table[table.frequency > 0] if name == "gamma_gamma" else table
    columns = ["customer_id", "frequency"] + (["monetary_value"] if name == "gamma_gamma" else ["recency", "T"])
    for _ in range(2):
        began = time.perf_counter()
        try:
            model = kinds[name](data=rows[columns])
            model.fit(method="map", progressbar=False)
            values = {key: float(value.mean()) for key, value in model.fit_result.data_vars.items()}
            print(f"fit {time.perf_counter() - began:.4f} s, {name} {values}", flush=True)
        except Exception as problem:  # what users see of a peer that gives up
            seconds = time.perf_counter() - began
            print(f"fit {seconds:.4f} s, {name} failed: {type(problem).__name__}: {problem}"[:200], flush=True)
