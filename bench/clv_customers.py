"""Writes a table customer_id,x,t_x,T,m of customers drawn from a shop that counts days.

python clv_customers.py CUSTOMERS FILE.csv

Customers come over a year, buy at a gamma-distributed rate, leave at an exponential moment with a
gamma-distributed rate (a Pareto/NBD), and are watched until the end of the second year. Spend per
purchase is gamma-gamma. Purchases of one day are one purchase. The seed is fixed.
"""

import sys

import numpy as np

customers, path = int(sys.argv[1]), sys.argv[2]
random = np.random.default_rng(20240131)
watched = random.integers(365, 730, customers)
rate = random.gamma(0.6, 1 / 60.0, customers)
leaving = random.gamma(0.7, 1 / 100.0, customers)
stay = np.minimum(random.exponential(1, customers) / np.maximum(leaving, 1e-300), watched)
purchases = random.poisson(rate * stay)
owner = np.repeat(np.arange(customers), purchases)
days = np.floor(random.random(owner.size) * np.repeat(stay, purchases)).astype(np.int64)
# Distinct days after the first purchase's.
kept = np.unique(owner[days > 0] * 1000 + days[days > 0])
owner, days = kept // 1000, kept % 1000
x = np.bincount(owner, minlength=customers)
t_x = np.zeros(customers, dtype=np.int64)
np.maximum.at(t_x, owner, days)
scale = 15.0 / np.maximum(random.gamma(3.7, 1, customers), 1e-3)
mean = np.where(x > 0, np.round(random.gamma(6.0 * np.maximum(x, 1)) * scale / np.maximum(x, 1), 2), 0.0)
mean = np.where((x > 0) & (mean < 0.01), 0.01, mean)
with open(path, "w") as out:
    out.write("customer_id,x,t_x,T,m\n")
    for row in range(customers):
        out.write(f"{row + 1},{x[row]},{t_x[row]},{watched[row]},{mean[row]:.2f}\n")
