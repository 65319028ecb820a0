//! Bootstrap intervals of the parameters.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{FittedGammaGamma, GammaGammaParams, Spend, SpendDistribution, fit};
use crate::lifetime::Error;
use crate::lifetime::fit::FitSettings;
use crate::lifetime::uncertainty::{Bootstrap, bootstrap_intervals};

impl FittedGammaGamma {
    /// Parameter intervals by parametric bootstrap: the spend of the fitted customers is simulated from the
    /// fitted model, with the same numbers of purchases, and refitted `draws` times.
    ///
    /// Errors: those of the fit.
    pub fn bootstrap(
        &self,
        spend: &Spend<'_>,
        draws: u64,
        level: f64,
        seed: u64,
        settings: &FitSettings,
    ) -> Result<Bootstrap, Error> {
        let x: Vec<f64> = spend
            .x
            .iter()
            .zip(spend.mean)
            .filter(|(x, mean)| **x > 0.0 && **mean > 0.0 && mean.is_finite())
            .map(|(x, _)| *x)
            .collect();
        let GammaGammaParams { p, q, gamma } = self.params;
        let model = SpendDistribution { p, q, gamma };
        let fits: Vec<[f64; 3]> = (0..draws)
            .into_par_iter()
            .map(|number| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(number);
                let mean: Vec<f64> = x.iter().map(|x| model.draw_total(*x as u32, &mut random) / x).collect();
                let GammaGammaParams { p, q, gamma } = fit(&Spend { x: &x, mean: &mean }, settings)?.params;
                Ok([p, q, gamma])
            })
            .collect::<Result<_, Error>>()?;
        let fits: Vec<Vec<f64>> = fits.into_iter().map(Vec::from).collect();
        Ok(bootstrap_intervals(&["p", "q", "gamma"], &fits, draws, level))
    }
}
