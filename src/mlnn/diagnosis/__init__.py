"""The doctor: the checks of CS231n notes 3 on a user's own data and estimator, concluded in words."""

from mlnn.check import RangeTest
from mlnn.diagnosis.examination import doctor, examine
from mlnn.diagnosis.finding import Course, Diagnosis, Finding
from mlnn.diagnosis.subject import Subject, subject_of

__all__ = ["Course", "Diagnosis", "Finding", "RangeTest", "Subject", "doctor", "examine", "subject_of"]
