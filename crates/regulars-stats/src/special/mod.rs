//! Special functions of real arguments, over the ranges that customer models need.
//!
//! | function | domain | method |
//! | --- | --- | --- |
//! | [`ln_gamma`] | x > 0 | the crate `libm` |
//! | [`digamma`] | x > 0 | recurrence and asymptotic series |
//! | [`ln_rising_factorial`], [`ln_beta`] | positive | Stirling's corrections separate from the large terms to avoid cancellation |
//! | [`hypergeometric_2f1`] | c > 0, z < 1 | series; Euler's and Pfaff's transformations; Taylor steps near z = 1 |
//! | [`gamma_p`], [`gamma_q`] | a > 0, x ≥ 0 | series and continued fraction |
//! | [`beta_inc`] | a, b > 0 | continued fraction |
//! | [`normal_cdf`], [`normal_quantile`] | all | `libm::erfc`, Newton's method |
//!
//! All are tested against 50-digit values in `fixtures/golden/special_functions.csv`, made by the script
//! next to it, to 1e-12 of the larger of 1 and the value (`ln` functions, digamma) or of the value itself
//! (all others, 1e-11 where a or b is above 1000).

mod gamma;
mod hypergeometric;
mod incomplete;
mod normal;
#[cfg(test)]
mod tests;

pub use gamma::{digamma, digamma_difference, ln_beta, ln_gamma, ln_rising_factorial};
pub use hypergeometric::hypergeometric_2f1;
pub use incomplete::{beta_inc, gamma_p, gamma_q};
pub use normal::{normal_cdf, normal_quantile};
