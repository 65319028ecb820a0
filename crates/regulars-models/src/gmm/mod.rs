//! Gaussian mixtures: soft membership in clouds of any width, for those who doubt K-means.
//!
//! Expectation-maximisation from the clusters of K-means, in log space, until the log-likelihood a row
//! gains less than `tolerance`. `regularisation` is added to every variance, so that no cloud
//! collapses onto one row. The Bayesian information criterion says how many clouds the rows bear.
//!
//! Source: Dempster, Laird & Rubin (1977); the regularisation is that of scikit-learn.
//!
//! Deliberately not here: choosing the number of clouds ([`crate::clusters::alternatives`] compares).

mod density;
mod fit;
#[cfg(test)]
mod tests;

pub use fit::{Covariance, Fitted, Params, ValidParams, fit, fit_from};
