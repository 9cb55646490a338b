def case(request, pk):
    pass
