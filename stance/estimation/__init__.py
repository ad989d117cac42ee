"""What may be claimed: shares, means, differences and regressions, corrected for the errors of the model that made the labels.

A share of predicted labels is biased by every error the model makes more often in one outlet, month or target than in another. Where a
random part of the units was also coded by people, that bias is known, and can be taken off, with an interval that is honest about both
sources of chance (`stance.estimation.estimates.estimate`, ``stance estimate``). The table it returns has one row an estimate:

===================================  ==================================================================================================
column                               holds
===================================  ==================================================================================================
``part``                             ``share``, ``mean``, ``difference``, ``omnibus`` (all groups at once) or ``coefficient``
one for each column asked with by    the group (``(missing)`` where a unit has none); absent where no groups were asked
``versus``                           the group that a difference is taken from (first column of by); missing in other rows
``measure``                          a label, or ``mean`` (of an ordinal variable, from -1 to 1); the covariate of a coefficient
``outcome``                          what a coefficient is about: ``mean`` (linear), or ``log odds LABEL`` (logistic); else missing
``n, coded``                         units, and how many of them were coded by people; of a difference: those of both groups
``naive, naive_low, naive_high``     from the predicted labels alone, as if they were right, with its 95% interval
``coded_only, coded_low, coded_high``  from the coded units alone
``corrected, low, high``             from both: what to report
``se, df``                           standard error of ``corrected``, clustered, and its degrees of freedom
``p``                                two-sided, that a difference or coefficient is 0; missing for a share or mean. Of ``omnibus``: that groups are equal
``p_holm, low_all, high_all``        p-value and interval that hold for all differences (or coefficients) of the table together
``p_equivalent``                     only where asked: that a difference is smaller than what counts as none
``with_coders, coders_low, coders_high``  only where coders share units: ``corrected`` with the error of the coders counted too; not of coefficients
``effective_n``                      how many coded units would give the corrected interval without the model
``method``                           ``ppi`` or ``dsl``
``more_to_code``                     only where a margin was asked: how many more units to code until the interval is that narrow
``note``                             why figures are missing, else empty
===================================  ==================================================================================================

A group with too few coded units keeps its row and its naive figures; the others are missing, and ``note`` says why.
"""

from stance.estimation.estimates import Estimates, estimate
from stance.estimation.question import Question
from stance.estimation.sampling import draw_sample

__all__ = ["Estimates", "Question", "draw_sample", "estimate"]
