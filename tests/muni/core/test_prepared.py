import pytest
from django.db import ProgrammingError

from muni.core.prepared import Prepared

pytestmark = pytest.mark.django_db


def test_the_first_question_of_a_connection_costs_as_many_as_the_next(django_assert_num_queries):
    question = Prepared("SELECT $1 || '%' WHERE 'a' LIKE '%a'", "text")
    for _ in range(2):
        with django_assert_num_queries(1):
            assert question.rows("whole") == [("whole%",)]


def test_what_cannot_be_prepared_is_an_error_of_the_database():
    with pytest.raises(ProgrammingError):
        Prepared("SELECT no_such_column").rows()
