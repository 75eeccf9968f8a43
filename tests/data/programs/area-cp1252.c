/* Cálculo del área */
double area(double ancho, double alto) {
    return ancho * alto; // en metros cuadrados
}
